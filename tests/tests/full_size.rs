use generated::CATALOG;
use runtime::export;
#[test]
fn x(){
    for entry in CATALOG.models {
        let Some(full)=entry.model.full else {continue};
        let recipe=entry.model.family.architecture.recipe.unwrap();
        let p=export::parameters(&recipe, full.config);
        match p { Err(e)=>println!("{} {e}",entry.model.id), Ok(p)=>{
            let n:u64=p.iter().map(|s|s.shape.iter().product::<u64>()).sum();
            println!("{} {n} {} diff {}",entry.model.id,entry.model.resources.parameters, n as i64-entry.model.resources.parameters as i64);
            let mut seen=std::collections::BTreeMap::<String,u64>::new();
            for s in &p { let k=s.name.rsplit('.').next().unwrap().to_owned(); *seen.entry(k).or_default()+=s.shape.iter().product::<u64>(); }
            println!("   {seen:?}");
        }}
    }
}
