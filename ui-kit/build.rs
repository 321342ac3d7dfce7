// SPDX-License-Identifier: GPL-3.0-or-later
//! Compiles our icons into the program, so that it shows them wherever it is started from.

fn main() {
    glib_build_tools::compile_resources(
        &["../icons"],
        "../icons/icons.gresource.xml",
        "icons.gresource",
    );
    println!("cargo::rerun-if-changed=../icons");
}
