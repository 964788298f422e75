//! ONNX Runtime's own CPU provider.

use ort::ep::CPU;

use super::Provider;

pub(super) const PROVIDER: Provider = Provider::new::<CPU>(|options| {
    let provider = CPU::default().with_arena_allocator(options.cpu.has_arena);
    vec![provider.build()]
});
