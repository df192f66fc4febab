//! The primitives of a dump: numbers of variable length, byte strings, options.
//!
//! Reading never panics and never allocates more than the input justifies.

use crate::DumpError;

/// Writes a dump.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub Vec<u8>);

impl Writer {
    pub fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Seven bits per byte, the lowest first.
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub fn char(&mut self, ch: char) {
        self.number(ch as u64);
    }

    pub fn flag(&mut self, flag: bool) {
        self.byte(flag as u8);
    }

    /// A flag, then the value when there is one.
    pub fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Writer, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }
}

/// Reads a dump.
#[derive(Debug)]
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn byte(&mut self) -> Result<u8, DumpError> {
        let (first, rest) = self.0.split_first().ok_or(DumpError("it is cut off"))?;
        self.0 = rest;
        Ok(*first)
    }

    pub fn number(&mut self) -> Result<u64, DumpError> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= ((byte & 0x7f) as u64) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(DumpError("a number is too long"))
    }

    /// A number of at most `max`.
    pub fn up_to(&mut self, max: usize) -> Result<usize, DumpError> {
        usize::try_from(self.number()?)
            .ok()
            .filter(|&number| number <= max)
            .ok_or(DumpError("a number is out of range"))
    }

    pub fn bytes(&mut self) -> Result<&'a [u8], DumpError> {
        let len = self.up_to(self.0.len())?;
        self.take(len)
    }

    /// So many bytes.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], DumpError> {
        let (bytes, rest) = self.0.split_at_checked(len).ok_or(DumpError("it is cut off"))?;
        self.0 = rest;
        Ok(bytes)
    }

    pub fn text(&mut self) -> Result<&'a str, DumpError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| DumpError("a text is not UTF-8"))
    }

    pub fn char(&mut self) -> Result<char, DumpError> {
        u32::try_from(self.number()?)
            .ok()
            .and_then(char::from_u32)
            .ok_or(DumpError("a character is none"))
    }

    pub fn flag(&mut self) -> Result<bool, DumpError> {
        Ok(self.byte()? != 0)
    }

    pub fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, DumpError>,
    ) -> Result<Option<T>, DumpError> {
        if self.flag()? { read(self).map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_and_bytes_survive(number in any::<u64>(), bytes in any::<Vec<u8>>()) {
            let number = number >> 1;
            let mut writer = Writer::default();
            writer.number(number);
            writer.bytes(&bytes);
            let mut reader = Reader(&writer.0);
            prop_assert_eq!(reader.number().unwrap(), number);
            prop_assert_eq!(reader.bytes().unwrap(), &bytes[..]);
            prop_assert!(reader.byte().is_err());
        }
    }
}
