//! Reads where nodes were placed from onnxruntime-web's verbose log, the only place where it says so.

use std::collections::BTreeMap;

use crate::engine::ProviderShare;

/// Nodes by provider, the given provider first; `None` where the log does not say.
///
/// Formats: `SessionState::VerifyEachNodeIsAssignedToAnEp` (`session_state.cc`), `GetSupportedNodes` (`webnn/builders/helper.cc`)
/// and `WebNNExecutionProvider::GetCapability` of ONNX Runtime. WebNN makes one node of each part that it takes; the nodes
/// it is made of are in the last list that it wrote before.
pub(super) fn read(lines: &[String], provider: &str) -> Option<Vec<ProviderShare>> {
    let mut taken = Taken::default();
    let mut listed = Taken::default();
    let mut shares: BTreeMap<String, Taken> = BTreeMap::new();
    let mut current: Option<String> = None;
    for line in lines {
        if let Some(operator) = between(line, "Operator type: [", "]") {
            if line.contains("supported: [1]") {
                listed.count(operator, 1);
            }
        } else if line.contains("::GetCapability, number of partitions") {
            // It asks twice where the order of axes changes in between: the second time is the one that counts.
            taken = std::mem::take(&mut listed);
        } else if let Some(name) = between(line, "odes placed on [", "]")
            .or_else(|| between(line, "ode(s) placed on [", "]"))
        {
            let number = line.rsplit("Number of nodes: ").next();
            let number = number.and_then(|number| number.trim().parse().ok());
            let share = shares.entry(name.to_owned()).or_default();
            share.nodes = number?;
            current = Some(name.to_owned());
        } else if let Some(rest) = line.split("VerifyEachNodeIsAssignedToAnEp] ").nth(1)
            && let (Some(name), Some((operator, node))) = (&current, rest.trim().split_once(" ("))
            && let Some(share) = shares.get_mut(name)
        {
            *share.operators.entry(operator.to_owned()).or_default() += 1;
            let node = node.strip_suffix(')').unwrap_or(node);
            share.named.push((node.to_owned(), operator.to_owned()));
        }
    }
    if let Some(fused) = shares.get_mut(provider)
        && taken.nodes > 0
    {
        *fused = taken;
    }
    let mut shares: Vec<_> = shares
        .into_iter()
        .map(|(name, share)| {
            let is_own = name == provider;
            let mut found = ProviderShare::new(name, share.operators);
            if !is_own {
                found = found.named(share.named);
            }
            // Where all nodes are in one place, the log gives their number alone.
            found.nodes = share.nodes;
            found
        })
        .collect();
    shares.sort_by_key(|share| share.provider != provider);
    (!shares.is_empty()).then_some(shares)
}

/// Nodes with the operators that are known of them.
#[derive(Default)]
struct Taken {
    nodes: usize,
    operators: BTreeMap<String, usize>,
    named: Vec<(String, String)>,
}

impl Taken {
    fn count(&mut self, operator: &str, nodes: usize) {
        self.nodes += nodes;
        *self.operators.entry(operator.to_owned()).or_default() += nodes;
    }
}

fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(log: &str, provider: &str) -> Option<Vec<(String, usize, String)>> {
        let lines: Vec<_> = log.lines().map(str::to_owned).collect();
        let told = |share: ProviderShare| {
            let operators = share.operators.iter();
            let operators: Vec<_> = operators.map(|(op, n)| format!("{op}({n})")).collect();
            (share.provider, share.nodes, operators.join(" "))
        };
        Some(read(&lines, provider)?.into_iter().map(told).collect())
    }

    #[test]
    fn what_webnn_takes_is_told_by_its_own_list() {
        let log = "\
[V:onnxruntime:, helper.cc:216 GetSupportedNodes] Operator type: [Gather] index: [4] name: [] supported: [1]
[I:onnxruntime:, webnn_execution_provider.cc:158 GetCapability] WebNNExecutionProvider::GetCapability, number of partitions supported by WebNN: 1 number of nodes in the graph: 1 number of nodes supported by WebNN: 1
[V:onnxruntime:, helper.cc:216 GetSupportedNodes] Operator type: [Gather] index: [4] name: [] supported: [1]
[V:onnxruntime:, helper.cc:216 GetSupportedNodes] Operator type: [Add] index: [5] name: [] supported: [1]
[V:onnxruntime:, helper.cc:216 GetSupportedNodes] Operator type: [NonZero] index: [6] name: [] supported: [0]
[I:onnxruntime:, webnn_execution_provider.cc:158 GetCapability] WebNNExecutionProvider::GetCapability, number of partitions supported by WebNN: 1 number of nodes in the graph: 3 number of nodes supported by WebNN: 2
[V:onnxruntime:, session_state.cc:1383 VerifyEachNodeIsAssignedToAnEp]  Node(s) placed on [CPUExecutionProvider]. Number of nodes: 1
[V:onnxruntime:, session_state.cc:1385 VerifyEachNodeIsAssignedToAnEp]   NonZero ()
[V:onnxruntime:, session_state.cc:1383 VerifyEachNodeIsAssignedToAnEp]  Node(s) placed on [WebNNExecutionProvider]. Number of nodes: 1
[V:onnxruntime:, session_state.cc:1385 VerifyEachNodeIsAssignedToAnEp]   WebNN_123 (WebNN_123_1)
";
        let expected = [
            ("WebNNExecutionProvider", 2, "Add(1) Gather(1)"),
            ("CPUExecutionProvider", 1, "NonZero(1)"),
        ];
        let expected = expected.map(|(p, n, o)| (p.to_owned(), n, o.to_owned()));
        assert_eq!(shares(log, "WebNNExecutionProvider").unwrap(), expected);
    }

    #[test]
    fn nodes_in_one_place_are_counted() {
        let log = "[V] VerifyEachNodeIsAssignedToAnEp]  All nodes placed on [WebGpuExecutionProvider]. Number of nodes: 84";
        let expected = ("WebGpuExecutionProvider".to_owned(), 84, String::new());
        assert_eq!(shares(log, "WebGpuExecutionProvider").unwrap(), [expected]);
        assert_eq!(
            shares("nothing of the kind", "WebGpuExecutionProvider"),
            None
        );
    }
}
