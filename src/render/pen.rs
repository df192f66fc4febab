//! The terminal's pen: the attributes that the next character is drawn with, and the shortest
//! way from one set of them to another.
//!
//! Sequences as in xterm's ctlseqs (SGR); underline styles and colours as kitty defined them.
