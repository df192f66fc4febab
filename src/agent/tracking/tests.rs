//! Rules of tracking, one by one, and as properties of random histories.
