//! Requests over the network: TLS with the system's roots, proxies by the usual variables.

use std::time::Duration;

use ureq::{Agent, http};

use super::wire::{ANSWER_MAX, Answer, Outgoing, Transport};

const CONNECT: Duration = Duration::from_secs(10);

/// Holds connections open between requests.
#[derive(Debug)]
pub struct Http(Agent);

impl Default for Http {
    fn default() -> Self {
        let config = segno_net::config_without_redirects()
            .user_agent("")
            .accept("")
            .accept_encoding("")
            .timeout_connect(Some(CONNECT))
            .build();
        Self(config.new_agent())
    }
}

impl Transport for Http {
    fn send(&mut self, request: &Outgoing) -> Result<Answer, String> {
        let mut built = http::Request::builder().method(request.method.as_str()).uri(&request.url);
        for (name, value) in &request.headers {
            built = built.header(name, value);
        }
        let timeout = Some(Duration::from_secs(request.timeout.into()));
        let failed = |error: ureq::Error| why(&error);
        let answer = match &request.body {
            Some(body) => {
                let request = built.body(body.as_str()).map_err(|e| e.to_string())?;
                let request = self.0.configure_request(request).timeout_global(timeout).build();
                self.0.run(request)
            }
            None => {
                let request = built.body(()).map_err(|e| e.to_string())?;
                let request = self.0.configure_request(request).timeout_global(timeout).build();
                self.0.run(request)
            }
        };
        let mut answer = answer.map_err(failed)?;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let retry_after = header("retry-after").and_then(|text| wait(text, header("date")));
        if let (true, Some(to)) = (answer.status().is_redirection(), header("location")) {
            let body = format!("it redirects to {to}, which is not followed").into_bytes();
            return Ok(Answer { status: answer.status().as_u16(), body, retry_after });
        }
        let body = answer.body_mut().with_config().limit(ANSWER_MAX).read_to_vec();
        Ok(Answer { status: answer.status().as_u16(), body: body.map_err(failed)?, retry_after })
    }
}

/// `Retry-After` in milliseconds: seconds, or a date, which is one of the service's own clock.
fn wait(text: &str, date: Option<&str>) -> Option<i64> {
    let time = |text: &str| jiff::fmt::rfc2822::parse(text.trim()).ok().map(|at| at.timestamp());
    match text.trim().parse::<u32>() {
        Ok(seconds) => Some(i64::from(seconds) * 1000),
        Err(_) => Some((time(text)?.as_millisecond() - time(date?)?.as_millisecond()).max(0)),
    }
}

fn why(error: &ureq::Error) -> String {
    match error {
        ureq::Error::HostNotFound => "the host is not known".into(),
        ureq::Error::ConnectionFailed => "no connection".into(),
        ureq::Error::BodyExceedsLimit(_) => "its answer is too large".into(),
        ureq::Error::Timeout(_) => "it does not answer in time".into(),
        ureq::Error::Io(error) => match error.kind() {
            std::io::ErrorKind::ConnectionRefused => "the connection is refused".into(),
            std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset => {
                "the connection was cut".into()
            }
            // What TLS refuses comes this way, too.
            std::io::ErrorKind::InvalidData => format!("no safe connection: {error}"),
            _ => error.to_string(),
        },
        ureq::Error::Rustls(error) => format!("no safe connection: {error}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_of_the_services_clock() {
        let date = Some("Mon, 30 Nov 2026 14:00:00 GMT");
        assert_eq!(wait(" 90 ", None), Some(90_000));
        assert_eq!(wait("Mon, 30 Nov 2026 14:30:00 GMT", date), Some(1_800_000));
        assert_eq!(wait("Mon, 30 Nov 2026 13:30:00 GMT", date), Some(0));
        assert_eq!(wait("Mon, 30 Nov 2026 14:30:00 GMT", None), None);
        assert_eq!(wait("soon", date), None);
    }
}
