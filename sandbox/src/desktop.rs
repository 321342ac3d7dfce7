// SPDX-License-Identifier: GPL-3.0-or-later
//! What windows find on a person's desktop: somebody who gives them place and focus, and the
//! bus by which screen readers look into them.
//!
//! Owns their configuration. The processes are the session's; the accessibility bus is started by
//! the session bus, when the first program asks for it.

use std::process::{Child, Command};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::keeper::Keeper;
use crate::process;
use crate::session::in_environment;

/// Settings that keep pictures the same from run to run: one desktop, windows in the middle, no
/// frames beyond what a program asks for, and of all keys the one that closes a window.
const SETTINGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <placement><policy>Smart</policy><center>yes</center></placement>
  <theme><name>Clearlooks</name><animateIconify>no</animateIconify></theme>
  <desktops><number>1</number><popupTime>0</popupTime></desktops>
  <keyboard>
    <keybind key="A-F4"><action name="Close"/></keybind>
  </keyboard>
  <mouse>
    <context name="Client">
      <mousebind button="Left" action="Press">
        <action name="Focus"/><action name="Raise"/>
      </mousebind>
    </context>
  </mouse>
</openbox_config>
"#;

/// Starts the window manager, and awaits that it has taken over the display.
pub(crate) fn window_manager(keeper: &Keeper, variables: &[(String, String)]) -> Result<Child> {
    let settings = keeper.file("openbox.xml", SETTINGS)?;
    let log = keeper.path("log/openbox.out");
    let ready = keeper.path("run/openbox.ready");
    let mut command = Command::new("openbox");
    command
        .args(["--sm-disable", "--config-file"])
        .arg(settings)
        // It runs this once it manages the display.
        .arg("--startup")
        .arg(format!("touch {}", ready.display()));
    in_environment(&mut command, variables);
    process::log_to(&mut command, &log)?;
    let child = command.spawn().map_err(Error::io("start openbox"))?;
    process::wait_for("the window manager", Duration::from_secs(20), || {
        if ready.exists() {
            Ok(())
        } else {
            Err(process::tail(&log))
        }
    })?;
    Ok(child)
}

/// Lets the bus start the accessibility bus.
pub(crate) fn accessibility_service(keeper: &Keeper) -> Result<()> {
    let launcher = process::find_program("at-spi-bus-launcher").ok_or_else(|| Error::Missing {
        program: "at-spi-bus-launcher".into(),
        package: "at-spi2-core".into(),
    })?;
    let text = format!(
        "[D-BUS Service]\nName=org.a11y.Bus\nExec={} --launch-immediately\n",
        launcher.display()
    );
    keeper.file("services/org.a11y.Bus.service", text).map(drop)
}
