//! Tests of chat templates beyond those of the reference kit.

use serde_json::{Value, json};

use super::{ChatOptions, ChatTemplate, Message};
use crate::processor::ProcessorError;

fn template(text: &str) -> Result<Option<ChatTemplate>, ProcessorError> {
    let dir = tempfile::tempdir().unwrap();
    let config =
        json!({ "chat_template": text, "eos_token": { "content": "</s>" }, "bos_token": null });
    std::fs::write(dir.path().join("tokenizer_config.json"), config.to_string()).unwrap();
    ChatTemplate::load(dir.path())
}

fn rendered(text: &str) -> Result<String, ProcessorError> {
    let messages = [Message::system("Be brief."), Message::user(" Hi, <you>\n")];
    let options = ChatOptions {
        tools: Some(vec![json!({ "name": "f", "of": ["ä", 1, 2.5, null, {}] })]),
        ..ChatOptions::default()
    };
    template(text)?.unwrap().render(&messages, &options)
}

#[test]
fn what_transformers_adds_to_jinja_is_there() {
    let check = |text: &str, expected: &str| {
        assert_eq!(rendered(text).unwrap(), expected, "{text}");
    };
    check(
        "{{ bos_token }}{{ messages[1].content }}{{ eos_token }}",
        " Hi, <you>\n</s>",
    );
    check(
        "{{ tools[0] | tojson }}",
        r#"{"name": "f", "of": ["ä", 1, 2.5, null, {}]}"#,
    );
    check("{{ [1, []] | tojson(indent=2) }}", "[\n  1,\n  []\n]");
    check(
        "{{ ' <a> '.strip() | upper }}{{ 'a b'.split(' ')[-1] }}",
        "<A>b",
    );
    check(
        "{%- for m in messages %}\n  {% if loop.first %}\n{% continue %}\n{% endif %}\n{{ m.role }}\n{% endfor %}",
        "user\n",
    );
    check("{{ strftime_now('%Y') | length }}", "4");
    check(
        "{% set ns = namespace(a=1) %}{% set ns.a = 2 %}{{ ns.a }}",
        "2",
    );
}

#[test]
fn a_template_may_refuse_a_chat() {
    let error = rendered("{{ raise_exception('roles must alternate') }}").unwrap_err();
    assert_eq!(error.to_string(), "the chat template refuses the messages");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("roles must alternate"), "{source}");
}

#[test]
fn hostile_templates_end() {
    let endless =
        "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}";
    assert!(rendered(endless).is_err());
    assert!(rendered("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}").is_err());
    assert!(template("{% if %}").is_err());
    assert!(template("{{ 'unfinished").is_err());
}

#[test]
fn templates_stand_in_several_places() {
    let dir = tempfile::tempdir().unwrap();
    let load = || ChatTemplate::load(dir.path());
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let said = || {
        load()
            .unwrap()
            .unwrap()
            .render(&[], &ChatOptions::default())
    };
    assert!(load().unwrap().is_none());
    write("chat_template.json", r#"{"chat_template": "processor"}"#);
    assert_eq!(said().unwrap(), "processor");
    let named =
        json!([{ "name": "tool_use", "template": "t" }, { "name": "default", "template": "d" }]);
    let config = json!({ "chat_template": named });
    write("tokenizer_config.json", &config.to_string());
    assert_eq!(said().unwrap(), "d");
    write("chat_template.jinja", "jinja");
    assert_eq!(said().unwrap(), "jinja");
    std::fs::remove_file(dir.path().join("chat_template.jinja")).unwrap();
    write("tokenizer_config.json", r#"{"chat_template": [1]}"#);
    assert!(matches!(load().unwrap_err(), ProcessorError::Value { .. }));
}

#[test]
fn a_message_is_an_object_with_a_role() {
    let message = json!({ "role": "user", "content": [{ "type": "text", "text": "a" }] });
    assert_eq!(Message::from_json(&message).unwrap().to_json(), message);
    for wrong in [
        json!("user"),
        json!({ "content": "a" }),
        json!({ "role": 1 }),
        Value::Null,
    ] {
        assert!(Message::from_json(&wrong).is_none(), "{wrong}");
    }
}
