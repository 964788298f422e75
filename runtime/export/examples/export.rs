//! Exports a checkpoint of one of the reference kit's families: `export DIR FAMILY OUTPUT [fp16]
//! [int32] [base] [SIZE]`.

#[path = "../tests/exports/families.rs"]
mod families;

use std::error::Error;
use std::path::PathBuf;

use export::{ExportOptions, Head, IdWidth, Precision};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, family, output, rest @ ..] = arguments.as_slice() else {
        return Err("usage: export DIR FAMILY OUTPUT [fp16] [int32] [base] [SIZE]".into());
    };
    let recipe = match family.as_str() {
        "deit" => Some(export::recipe::Recipe::VisionTransformer(families::DEIT)),
        family => families::recipe(family),
    };
    let recipe = recipe.ok_or("no such family")?;
    let mut options = ExportOptions::default();
    for argument in rest {
        match argument.as_str() {
            "fp16" => options.precision = Precision::Fp16,
            "base" => options.head = Head::Base,
            "int32" => options.ids = IdWidth::Int32,
            size => {
                let size = size.parse()?;
                options.image_size = Some((size, size));
            }
        }
    }
    let started = std::time::Instant::now();
    let report = export::export(
        &recipe,
        &PathBuf::from(dir),
        &options,
        &PathBuf::from(output),
    )?;
    let elapsed = started.elapsed();
    #[allow(clippy::print_stdout, reason = "an example that reports")]
    {
        println!("{report:#?} in {elapsed:?}");
    }
    Ok(())
}
