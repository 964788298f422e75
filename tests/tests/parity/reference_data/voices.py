"""Writes voices/: tiny checkpoints of VITS whose parts the reference kit lacks, with what transformers gives for them.

Run with transformers 4.57.6, torch and safetensors: python voices.py
"""

import json
import pathlib

import torch
from safetensors.torch import load_file, save_file
from transformers import VitsConfig, VitsModel, VitsTokenizer

HERE = pathlib.Path(__file__).parent / "voices"
LETTERS = "_abcdefghijk mno"
TEXTS = ["a cab", "hi"]
SMALL = dict(
    vocab_size=len(LETTERS), hidden_size=8, num_hidden_layers=2, num_attention_heads=2, ffn_dim=10, flow_size=8,
    spectrogram_bins=5, upsample_initial_channel=8, resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1, 2]],
    depth_separable_num_layers=2, duration_predictor_flow_bins=4, duration_predictor_filter_channels=6,
    posterior_encoder_num_wavenet_layers=1, sampling_rate=8000,
)
VOICES = {
    # Speakers, a flow of noise, layers that are further apart from one to the next, the newer names of normalised weights.
    "speakers": dict(
        num_speakers=3, speaker_embedding_size=4, duration_predictor_num_flows=3, prior_encoder_num_flows=3,
        prior_encoder_num_wavenet_layers=2, wavenet_dilation_rate=2, upsample_rates=[4, 2], upsample_kernel_sizes=[8, 4],
    ),
    # Durations without chance, a rate, no biases, kernels without a middle.
    "deterministic": dict(
        use_stochastic_duration_prediction=False, speaking_rate=1.3, use_bias=False, window_size=2, ffn_kernel_size=4,
        prior_encoder_num_flows=1, prior_encoder_num_wavenet_layers=1, upsample_rates=[2, 3], upsample_kernel_sizes=[4, 7],
    ),
}


def short(number):
    """As many digits as single precision needs."""
    return float(f"{number:.9g}") if isinstance(number, float) else number


def scaled(model, seed):
    """Weights so large that outputs differ clearly."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "translate" in name or "log_scale" in name or weight.dim() < 2:
                weight.copy_(torch.randn_like(weight) * 0.3 + (1.0 if "norm" in name and "weight" in name else 0.0))
            elif not name.endswith("original0"):
                weight.copy_(torch.randn_like(weight) * weight[0].numel() ** -0.5)
            # Letters are to last some frames.
            if name == "duration_predictor.flows.0.log_scale":
                weight.fill_(1.0)
            if name == "duration_predictor.proj.weight":
                weight.mul_(0.3)
    return model.eval()


def spoken(model, ids, mask, speaker, scales):
    """Outputs of the model, the noise that it drew, multiplied with its scales, and the durations."""
    model.noise_scale, model.noise_scale_duration = scales
    generator, drawn, durations = torch.Generator().manual_seed(9), [], []
    plain, alike, ceil = torch.randn, torch.randn_like, torch.ceil

    def draw(shape, scale):
        noise = plain(shape, generator=generator)
        drawn.append(noise * scale)
        return noise

    def watched(numbers):
        clear = (numbers - numbers.round()).abs()[numbers > 0].min()
        assert clear > 1e-3, clear
        durations.append(ceil(numbers))
        return durations[-1]

    torch.randn = lambda *shape: draw(shape, scales[1])
    torch.randn_like = lambda x: draw(x.shape, scales[0])
    torch.ceil = watched
    with torch.no_grad():
        outputs = model(ids, mask, **({"speaker_id": speaker} if model.config.num_speakers > 1 else {}))
    torch.randn, torch.randn_like, torch.ceil = plain, alike, ceil
    return outputs, drawn, durations[0].long()[:, 0]


def write(name, config, seed):
    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    model = scaled(VitsModel(VitsConfig(**SMALL, **config)), seed)
    model.save_pretrained(folder)
    weights = folder / "model.safetensors"
    used = {key: value for key, value in load_file(weights).items() if "posterior" not in key and ".post_" not in key}
    if name == "speakers":
        for old, new in (("weight_g", "original0"), ("weight_v", "original1")):
            used = {key.replace(old, f"parametrizations.weight.{new}"): value for key, value in used.items()}
    save_file(used, weights, metadata={"format": "pt"})
    (folder / "vocab.json").write_text(json.dumps({letter: id for id, letter in enumerate(LETTERS)}, indent=1) + "\n")
    settings = dict(tokenizer_class="VitsTokenizer", pad_token="_", phonemize=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n")
    tokenizer = VitsTokenizer.from_pretrained(folder)
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    ids, mask = batch["input_ids"], batch["attention_mask"]
    outputs, drawn, durations = spoken(model, ids, mask, 2, (0.667, 0.8))
    expected = {
        "input_ids": ids, "attention_mask": mask, "noise": drawn[-1], "waveform": outputs.waveform,
        "sequence_lengths": outputs.sequence_lengths, "durations": durations,
    }
    if len(drawn) == 2:
        expected["duration_noise"] = drawn[0]
    alone = tokenizer(TEXTS[:1], return_tensors="pt")
    outputs, _, durations = spoken(model, alone["input_ids"], alone["attention_mask"], 1, (0.0, 0.0))
    expected |= {"alone.waveform": outputs.waveform, "alone.durations": durations}
    lists = {key: {"shape": list(value.shape), "values": [short(number) for number in value.flatten().tolist()]} for key, value in expected.items()}
    document = {"texts": TEXTS, "speaker": 1, "tensors": lists}
    (folder / "expected.json").write_text(json.dumps(document) + "\n")
    print(name, durations.tolist(), outputs.waveform.abs().max().item())


for number, (name, config) in enumerate(VOICES.items()):
    write(name, config, 3 + number)
