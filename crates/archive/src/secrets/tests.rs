//! What is a secret, and what only looks like one.

use super::*;

fn kinds(text: &str) -> Vec<&'static str> {
    find(text).into_iter().map(|secret| secret.kind).collect()
}

/// Put together here, so that this file has none.
fn made(parts: &[&str]) -> String {
    parts.concat()
}

#[test]
fn secrets_are_found() {
    let noise = "q7Rt9ZxW2mKp4LsV8bNc3JhF6gYd1TaE5uXo";
    for (text, kind) in [
        (made(&["key sk-", "ant-api03-", noise]), "API key"),
        (made(&["key=sk-", "proj-", noise]), "API key"),
        (made(&["sk_", "live_", noise]), "API key"),
        (made(&["AIza", noise]), "API key"),
        (made(&["export T=ghp_", noise]), "GitHub token"),
        (made(&["glpat-", &noise[..20]]), "GitLab token"),
        (made(&["xoxb-", "123456789012-", &noise[..20]]), "Slack token"),
        (made(&["AKIA", "Q7RT6ZXW2MKP4LSV"]), "AWS key"),
        (made(&["eyJhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxMjM0In0.", noise]), "JSON web token"),
        (made(&["curl -H 'Authorization: Bearer ", noise, "'"]), "authorization header"),
        (made(&["postgres://me:", "hunter22", "@db.example/x"]), "password in a URL"),
        (made(&["DB_PASSWORD=", &noise[..20]]), "assigned secret"),
        (made(&["{\"client_secret\": \"", noise, "\"}"]), "assigned secret"),
        (
            made(&[
                "-----BEGIN RSA ",
                "PRIVATE KEY-----\nMIIabc/+=\nMIIabcdefghijk\n-----END RSA PRIVATE KEY-----",
            ]),
            "private key",
        ),
    ] {
        assert_eq!(kinds(&text), [kind], "{text}");
    }
}

#[test]
fn what_only_looks_like_one_is_left_alone() {
    for text in [
        "the password is wrong, ask for a new token",
        "let token = next_token(&mut self.tokens);",
        "token: Option<String>, secret: SecretString,",
        "password = \"correct horse battery staple\"",
        "max_tokens: 100000, input_tokens=123456789012345678",
        "sk-learn and task-force-one-two-three-four-five",
        "https://example.com/path:with:colons@2x.png",
        "https://user:$PASSWORD@example.com https://user:${PASS}@host http://a:***@b",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "commit 3f2a9c1b7d4e6f8091a2b3c4d5e6f708192a3b4c",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "secret = std::env::var(\"SECRET_1\")",
        "api_key: process.env.OPENAI_API_KEY2_NAME",
        "AKIAIOSFODNN and ASIAN food; eyJ alone; ghp_short",
        "token=/home/user/.config/token1/file2/name3",
        "Authorization: Bearer <your-token-here>",
        "api_key=your_api_key_here_0000000",
    ] {
        assert_eq!(kinds(text), [""; 0], "{text}");
    }
}

#[test]
fn hidden_places_leave_the_rest() {
    assert_eq!(hide("a secret here", std::slice::from_ref(&(2..8))), "a [hidden] here");
    assert_eq!(hide("é", std::slice::from_ref(&(1..2))), "é");
    assert_eq!(hide("abc", std::slice::from_ref(&(1..900))), "a[hidden]");
}

proptest::proptest! {
    #[test]
    fn any_text_has_its_secrets_within_it(text in ".*") {
        let ranges: Vec<_> = find(&text).into_iter().map(|secret| secret.at).collect();
        for at in &ranges {
            proptest::prop_assert!(text.get(at.clone()).is_some());
        }
        hide(&text, &ranges);
    }
}
