//! ONNX Runtime's own CPU provider.

use ort::ep::CPU;

use super::Provider;

pub(super) const PROVIDER: Provider = Provider::new::<CPU>(|options| {
    // The crate's own default is none, ONNX Runtime's is to have one.
    let has_arena = options.cpu.has_arena.unwrap_or(true);
    vec![CPU::default().with_arena_allocator(has_arena).build()]
});
