//! Everything a graph gives, from the preprocessed tensors of the reference.

use runtime::reference::Reference;
use runtime::session::GraphSource;
use workspace_tests::{FAMILIES, reference};

use super::{cases, forward, holds, sources};

#[test]
fn hidden_states_poolers_and_logits_are_equal() {
    let mut compared = 0;
    for family in FAMILIES {
        let reference = Reference::load(&reference(family)).unwrap();
        for source in sources(&reference) {
            for case in cases(&reference) {
                let outputs = forward(&reference, case, source);
                for (name, stored) in reference.stored(case) {
                    let Some(got) = outputs.find(name) else {
                        // Graphs exported elsewhere lack poolers and the like; ours must have them all.
                        let may_lack = source == GraphSource::Shipped || stored.role != "output";
                        assert!(may_lack, "{family} {}: no output {name}", case.name());
                        continue;
                    };
                    holds(&reference, case, name, got);
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(
        compared, 38,
        "outputs of all cases of all families and graphs"
    );
}
