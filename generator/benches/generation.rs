//! Times the generator over synthetic registries.

fn main() {}
