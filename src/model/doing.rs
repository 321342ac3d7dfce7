// SPDX-License-Identifier: GPL-3.0-or-later
//! What is attempted, as phrases that an error puts into its sentence: "start “web”".
//!
//! A log has the name of the phrase.

use crate::message::{mark, texts};

texts! {
    /// Everything that the engine attempts.
    DOING;
    START = "start", mark("start “{name}”");
    RESUME = "resume", mark("resume “{name}”");
    SHUT_DOWN = "shut-down", mark("shut down “{name}”");
    PAUSE = "pause", mark("pause “{name}”");
    REBOOT = "reboot", mark("reboot “{name}”");
    RESET = "reset", mark("reset “{name}”");
    FORCE_OFF = "force-off", mark("force off “{name}”");
    DEFINE = "define", mark("define “{name}”");
    UNDEFINE_GUEST = "undefine-guest", mark("undefine the virtual machine");
    UNDEFINE = "undefine", mark("undefine “{name}”");
    DELETE = "delete", mark("delete “{name}”");
    RENAME = "rename", mark("rename “{name}”");
    SAVE = "save", mark("save the state of “{name}”");
    CREATE = "create", mark("create “{name}”");
    UNDO_CREATION = "undo-creation", mark("undo the creation of “{name}”");
    READ_AUTOSTART = "read-autostart", mark("ask whether the virtual machine starts with its host");
    SET_AUTOSTART = "set-autostart", mark("change whether “{name}” starts with its host");
    TUNE = "tune", mark("change the limits of “{name}”");
    SET_CONTROL = "set-control", mark("set “{name}”");
    READ_CONTROLS = "read-controls", mark("read the limits");
    TAKE_PICTURE = "take-picture", mark("take a picture of the screen of “{name}”");
    FIND_GUEST = "find-guest", mark("find the virtual machine");
    READ_GUEST = "read-guest", mark("read the virtual machine");
    LIST_GUESTS = "list-guests", mark("list the virtual machines");
    READ_GUESTS = "read-guests", mark("read the virtual machines");
    READ_STATE = "read-state", mark("look whether the virtual machine runs");
    READ_USE = "read-use", mark("read what the virtual machines use");
    FIND_NAME = "find-name", mark("look whether the name is taken");
    CHECK_REQUEST = "check-request", mark("check the new virtual machine");
    READ_OFFERS = "read-offers", mark("read the host’s capabilities");
    NOTE_VARIABLES = "note-variables", mark("note the firmware’s variables");
    READ_HOST = "read-host", mark("ask what the host can do");
    IDENTIFY_HOST = "identify-host", mark("ask which host this is");
    LISTEN = "listen", mark("listen to events");
    CHECK_CONNECTION = "check-connection", mark("ask whether the connection is secure");
    FIND_NETWORK = "find-network", mark("look for the network");
    LIST_POOLS = "list-pools", mark("list the storage pools");
    FIND_POOL = "find-pool", mark("look for the storage pool");
    READ_POOL = "read-pool", mark("read the storage pool");
    MAKE_POOL = "make-pool", mark("create the storage pool “{name}”");
    REMOVE_POOL = "remove-pool", mark("remove the storage pool “{name}”");
    FIND_DISK = "find-disk", mark("look for the disk");
    MAKE_DISK = "make-disk", mark("create the disk");
    DELETE_DISK = "delete-disk", mark("delete the disk “{name}”");
    PROVE_GONE = "prove-gone", mark("look whether the disk is gone");
    LIST_SECRETS = "list-secrets", mark("list libvirt’s secrets");
    FIND_SECRET = "find-secret", mark("look for a secret of libvirt’s");
    READ_SECRET = "read-secret", mark("read a secret of libvirt’s");
    DEFINE_SECRET = "define-secret", mark("define a secret of libvirt’s");
    UNDEFINE_SECRET = "undefine-secret", mark("undefine a secret of libvirt’s");
    HAND_OVER = "hand-over", mark("hand over the passphrase");
    FIND_USERS = "find-users", mark("look for other users of the passphrase");
}
