//! The protocol's golden bytes.
