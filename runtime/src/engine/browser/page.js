// What runs in the page: opens graphs with onnxruntime-web on exactly one execution provider, and runs them.
import * as ort from '/ort.jspi.min.mjs';

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = '/';

// ONNX Runtime writes its log to the console; the lines of an opening tell where the nodes were placed.
let lines = null;
for (const level of ['debug', 'info', 'log', 'warn', 'error']) {
  console[level] = (...words) => lines?.push(words.map(String).join(' '));
}

const sessions = new Map();

// The smallest graph: y = x + x.
const TINY = 'CAgSADo1Cg4KAXgKAXgSAXkiA0FkZBIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEBE=';

const arrays = {
  float32: Float32Array,
  float16: globalThis.Float16Array ?? Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

async function bytesOf({ number, size, part }) {
  const bytes = new Uint8Array(size);
  for (let at = 0, index = 0; at < size; at += part, index += 1) {
    const answer = await fetch(`/blob/${number}/${index}`);
    if (!answer.ok) throw new Error(`part ${index} of blob ${number} is not there`);
    bytes.set(new Uint8Array(await answer.arrayBuffer()), at);
  }
  return bytes;
}

function base64(bytes) {
  if (bytes.toBase64) return bytes.toBase64();
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 0x8000) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  }
  return btoa(pieces.join(''));
}

const outlets = (metadata) =>
  metadata.map(({ name, type, shape }) => ({ name, type, shape: shape ?? [] }));

const create = (bytes, { provider, isStrict, settings }, externalData = []) =>
  ort.InferenceSession.create(bytes, {
    ...settings,
    executionProviders: [provider],
    externalData,
    // Verbose: only then it says where nodes are placed.
    logSeverityLevel: 0,
    extra: { session: { disable_cpu_ep_fallback: isStrict ? '1' : '0' } },
  });

const words = (error) => String(error?.message ?? error);

// What ONNX Runtime says when nodes would run on the CPU and must not.
const FALLBACK = 'fallback to CPU EP has been explicitly disabled';

// Opens a graph; gives its inputs and outputs and the log, or the reason why not.
export async function open({ session, graph, external, ...wanted }) {
  lines = [];
  try {
    const externalData = [];
    for (const { path, blob } of external) externalData.push({ path, data: await bytesOf(blob) });
    const bytes = await bytesOf(graph);
    let opened;
    try {
      opened = await create(bytes.slice(), wanted, externalData);
    } catch (error) {
      if (!words(error).includes(FALLBACK)) throw error;
      // Without the demand it tells where its nodes would run.
      lines = [];
      const lax = await create(bytes, { ...wanted, isStrict: false }, externalData);
      await lax.release();
      return { isFallback: true, error: words(error), lines };
    }
    sessions.set(session, opened);
    const { inputMetadata, outputMetadata } = opened;
    return { inputs: outlets(inputMetadata), outputs: outlets(outputMetadata), lines };
  } catch (error) {
    const told = { error: words(error), lines };
    // A failed opening leaves ONNX Runtime in the middle of one, and runs of other graphs would fail: one more completes it.
    const tiny = Uint8Array.from(atob(TINY), (letter) => letter.charCodeAt(0));
    await create(tiny, { provider: wanted.provider, isStrict: false }).then((completed) => completed.release(), () => {});
    return told;
  } finally {
    lines = null;
  }
}

// Runs a graph on tensors that lie behind each other in one blob.
export async function run({ session, blob, feeds }) {
  try {
    const { buffer } = await bytesOf(blob);
    const tensors = {};
    for (const { name, type, shape, at, length } of feeds) {
      tensors[name] = new ort.Tensor(type, new arrays[type](buffer, at, length), shape);
    }
    const given = await sessions.get(session).run(tensors, { logSeverityLevel: 3 });
    const outputs = [];
    for (const [name, tensor] of Object.entries(given)) {
      const data = await tensor.getData(true);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      outputs.push({ name, type: tensor.type, shape: tensor.dims, data: base64(bytes) });
      tensor.dispose();
    }
    return { outputs };
  } catch (error) {
    return { error: words(error) };
  }
}

// Lets a graph go.
export async function close({ session }) {
  await sessions.get(session)?.release();
  sessions.delete(session);
}

// What the browser says of its interfaces.
export async function about() {
  const adapter = await navigator.gpu?.requestAdapter();
  const { vendor, architecture, device, description } = adapter?.info ?? {};
  return {
    hasWebNn: 'ml' in navigator,
    adapter: adapter ? [vendor, architecture, device, description].filter(Boolean).join(' ') : null,
  };
}
