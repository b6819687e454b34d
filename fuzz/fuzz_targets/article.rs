#![no_main]

servpack_fuzz::target!(servpack_fuzz::article);
