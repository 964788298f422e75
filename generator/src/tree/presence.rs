//! What the files of a cell offer each other, read from their text; aggregates list no more than that.

/// Whether the text of a cell's file holds the cell; somebody else's file in its place does not.
pub(super) fn declares_cell(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("pub const CELL:"))
}

/// Whether the text of a cell's file holds a skill.
pub(super) fn declares_skill(text: &str) -> bool {
    text.lines()
        .any(|line| line.starts_with("pub const SKILL:"))
}

/// Whether the text of a cell's test takes a skill.
pub(super) fn takes_skill(text: &str) -> bool {
    text.lines()
        .any(|line| line.starts_with("use ") && line.trim_end().ends_with("::SKILL;"))
}

/// Whether two texts of a model's file list the same cells, whatever else they say of the model.
pub(super) fn lists_same_cells(found: &str, fresh: &str) -> bool {
    let listed = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim);
        lines
            .filter(|line| line.starts_with("pub mod ") || line.contains("(&"))
            .map(str::to_owned)
            .collect()
    };
    listed(found) == listed(fresh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skills_are_told_from_cells() {
        assert!(declares_skill(
            "a\npub const SKILL: Skill<Tensors> = Skill {\n"
        ));
        assert!(!declares_skill(
            "pub const CELL: Cell = Cell {\n    // pub const SKILL:\n"
        ));
        assert!(takes_skill("use generated::a::cpu::SKILL;\r\n"));
        assert!(!takes_skill("use generated::a::cpu::CELL;\n"));
    }

    #[test]
    fn only_the_list_of_cells_counts() {
        let text = "pub mod cpu;\n    batch: 8,\n    cells: &[(&cpu::CELL, None)],\n";
        assert!(lists_same_cells(text, &text.replace('8', "9")));
        assert!(!lists_same_cells(
            text,
            &text.replace("None", "Some(&cpu::SKILL)")
        ));
        assert!(!lists_same_cells(
            text,
            &text.replace("pub mod cpu", "pub mod mps")
        ));
    }
}
