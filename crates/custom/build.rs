//! Has the program built again when a file that it embeds is added or removed; the compiler itself
//! only follows those that it already knows.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../../assets");
    println!("cargo:rerun-if-changed=../../defaults");
}
