# SPDX-License-Identifier: GPL-3.0-or-later
# Two commands matter: `make run` and `make test`. Both install what is missing first.

CARGO ?= cargo
PREFIX ?= /usr/local
ID := org.oriel.Oriel
COLORS_ID := org.oriel.Colors
# The project's page, and where software centers find the pictures of docs/screenshots. Whoever
# publishes Oriel sets them.
HOMEPAGE_URL ?= https://oriel.example
SCREENSHOTS_URL ?= https://oriel.example/screenshots
DESTDIR ?=
# How long each fuzz target runs.
FUZZ_SECONDS ?= 120
COMPLETION_FOLDERS := bash-completion/completions zsh/site-functions fish/vendor_completions.d
TARGET := $(or $(CARGO_TARGET_DIR),target)
# Tools that cargo installed are found even where the shell's start file was not read.
export PATH := $(PATH):$(HOME)/.cargo/bin

.DEFAULT_GOAL := help
.PHONY: help run locales strings test soak fuzz bench check locks build setup install clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | expand -t 12

run: ## install what is missing, build, and open the window; without a display, the main job as a demo
	@echo "[1/3] Looking for what is missing"
	@scripts/setup run
	@echo "[2/3] Building (four to five minutes the first time on two cores, seconds after that)"
	@# The development profile: it builds in half the time.
	@scripts/building $(CARGO) build --locked --package orielctl --package oriel-ui
	@$(MAKE) --no-print-directory locales
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		echo "[3/3] Opening the window"; $(TARGET)/debug/oriel; else \
		echo "[3/3] Showing the main job by orielctl demo, since there is no display here"; \
		$(TARGET)/debug/orielctl demo; fi

locales: ## compile the translations for programs in the build's folder
	@for language in $$(cat po/LINGUAS); do \
		install -d $(TARGET)/share/locale/$$language/LC_MESSAGES; \
		msgfmt -o $(TARGET)/share/locale/$$language/LC_MESSAGES/oriel.mo po/$$language.po || exit 1; \
	done

strings: ## bring new texts of the window into the translations
	$(CARGO) build --locked --package oriel-tests --bin strings
	@scripts/update-translations $(TARGET)/debug/strings

test: ## install what is missing, check everything, and run all tests
	@scripts/setup test
	$(CARGO) fmt --all --check
	$(CARGO) deny --log-level error check bans licenses sources
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' $(CARGO) doc --locked --workspace --no-deps --quiet
	$(CARGO) build --locked --workspace --all-targets
	scripts/check-files $(TARGET)/debug/orielctl
	scripts/check-circles
	@$(MAKE) --no-print-directory locales
	scripts/check-translations $(TARGET)/debug/strings
	scripts/check-words
	scripts/check-icons
	scripts/check-data
	@$(MAKE) --no-print-directory locks
	scripts/check-symbols $(TARGET)/debug/orielctl $(TARGET)/debug/oriel
	scripts/check-without-libvirt $(TARGET)/debug/oriel-colors
	$(CARGO) test --locked --workspace --doc --quiet
	@# Last, so that the closing line of the whole run is the one of the tests.
	@# As root nothing may be skipped; a user can't start a private system daemon.
	ORIEL_STRICT=$(if $(filter 0,$(shell id -u)),1,0) $(CARGO) nextest run --locked --workspace

soak: ## break 50,000 profiles and 10,000 pictures, open each page 200 times: none may crash, hang or fill the memory
	@# make test runs what the fuzz targets do; here they themselves are compiled, but no fuzzer.
	$(CARGO) check --locked --no-default-features --bins --manifest-path colour/fuzz/Cargo.toml
	$(CARGO) check --locked --no-default-features --bins --manifest-path wire/fuzz/Cargo.toml
	@# One after the other: what is measured is not to wait for the other test.
	ORIEL_SOAK=50000 ORIEL_SOAK_PICTURES=10000 $(CARGO) test --locked --release \
		--package oriel-colour --test corpus -- --nocapture --test-threads 1
	$(CARGO) build --locked --workspace --bins
	ORIEL_LOT=10 $(CARGO) nextest run --locked --workspace --test window_flat

fuzz: ## run each fuzz target for FUZZ_SECONDS (120); wants a nightly compiler and cargo-fuzz
	$(CARGO) run --locked --package oriel-colour --example fuzz_seeds -- colour/fuzz/corpus
	@cd colour && for target in $$($(CARGO) +nightly fuzz list); do \
		LSAN_OPTIONS=suppressions=$$PWD/fuzz/leaks.txt:print_suppressions=0 \
			$(CARGO) +nightly fuzz run $$target -- \
			-max_total_time=$(FUZZ_SECONDS) -timeout=5 || exit 1; \
	done
	@# It begins with the snippets of the tests.
	mkdir -p lockcheck/fuzz/corpus/c lockcheck/fuzz/corpus/parsers lockcheck/fuzz/corpus/rust
	cp lockcheck/tests/c/*.[ci] lockcheck/fuzz/corpus/c
	cp lockcheck/tests/rust/bad/*.rs lockcheck/fuzz/corpus/rust
	@awk 'NF && !/^#/ { file = "lockcheck/fuzz/corpus/parsers/form-" NR; \
		print "int f(struct a *b) { " $$0 " }" > file; close(file) }' lockcheck/tests/forms.txt
	@cd lockcheck && for target in $$($(CARGO) +nightly fuzz list); do \
		$(CARGO) +nightly fuzz run $$target -- \
			-max_total_time=$(FUZZ_SECONDS) -timeout=5 || exit 1; \
	done
	@cd wire && for target in $$($(CARGO) +nightly fuzz list); do \
		$(CARGO) +nightly fuzz run $$target -- \
			-max_total_time=$(FUZZ_SECONDS) -timeout=5 || exit 1; \
	done

bench: ## measure against virsh, virt-manager, other colour engines and gcc in one run; fails where a limit is passed
	@scripts/setup bench
	$(CARGO) build --locked --release --package orielctl --package oriel-ui --package oriel-tests --package lockcheck --bins
	@# All of them run, whatever the others say.
	@failed=0; for bench in oriel-bench window-bench colour-bench lock-bench; do \
		$(TARGET)/release/$$bench || failed=1; \
	done; exit $$failed

check: ## the quick part: style, lints and unit tests, no guests
	$(CARGO) fmt --all --check
	scripts/check-files
	scripts/check-circles
	scripts/check-words
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	$(CARGO) nextest run --locked --workspace --lib --bins
	@$(MAKE) --no-print-directory locks

locks: ## check our own locks with lockcheck
	$(CARGO) run --locked --quiet --package lockcheck -- --config lockcheck.toml \
		src libvirt-ext/src colour/src cli/src ui/src ui-colour/src ui-kit/src sandbox/src lockcheck/src \
		tests/src wire/src words/src

build: ## build all programs for use
	$(CARGO) build --locked --release --workspace --bins

setup: ## install what building, running and testing needs
	@scripts/setup test

install: build ## install all programs with all that belongs to them below PREFIX (/usr/local)
	install -Dm 755 $(TARGET)/release/orielctl $(DESTDIR)$(PREFIX)/bin/orielctl
	install -Dm 755 $(TARGET)/release/oriel $(DESTDIR)$(PREFIX)/bin/oriel
	install -Dm 755 $(TARGET)/release/oriel-colors $(DESTDIR)$(PREFIX)/bin/oriel-colors
	install -Dm 755 $(TARGET)/release/lockcheck $(DESTDIR)$(PREFIX)/bin/lockcheck
	install -Dm 644 data/man/orielctl.1 $(DESTDIR)$(PREFIX)/share/man/man1/orielctl.1
	install -Dm 644 data/man/oriel.1 $(DESTDIR)$(PREFIX)/share/man/man1/oriel.1
	install -Dm 644 data/man/oriel-colors.1 $(DESTDIR)$(PREFIX)/share/man/man1/oriel-colors.1
	install -Dm 644 data/man/lockcheck.1 $(DESTDIR)$(PREFIX)/share/man/man1/lockcheck.1
	@for id in $(ID) $(COLORS_ID); do \
		install -Dm 644 data/$$id.desktop \
			$(DESTDIR)$(PREFIX)/share/applications/$$id.desktop && \
		install -Dm 644 icons/scalable/$$id.svg \
			$(DESTDIR)$(PREFIX)/share/icons/hicolor/scalable/apps/$$id.svg && \
		install -Dm 644 icons/symbolic/$$id-symbolic.svg \
			$(DESTDIR)$(PREFIX)/share/icons/hicolor/symbolic/apps/$$id-symbolic.svg || exit 1; \
	done
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,dbus-1/services metainfo)
	sed 's|@bindir@|$(PREFIX)/bin|' data/$(ID).service.in \
		>$(DESTDIR)$(PREFIX)/share/dbus-1/services/$(ID).service
	sed 's|@screenshots@|$(SCREENSHOTS_URL)|; s|@homepage@|$(HOMEPAGE_URL)|' data/$(ID).metainfo.xml.in \
		>$(DESTDIR)$(PREFIX)/share/metainfo/$(ID).metainfo.xml
	@for language in $$(cat po/LINGUAS); do \
		install -d $(DESTDIR)$(PREFIX)/share/locale/$$language/LC_MESSAGES; \
		msgfmt -o $(DESTDIR)$(PREFIX)/share/locale/$$language/LC_MESSAGES/oriel.mo \
			po/$$language.po || exit 1; \
	done
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,$(COMPLETION_FOLDERS))
	$(TARGET)/release/orielctl completions bash \
		>$(DESTDIR)$(PREFIX)/share/bash-completion/completions/orielctl
	$(TARGET)/release/orielctl completions zsh \
		>$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_orielctl
	$(TARGET)/release/orielctl completions fish \
		>$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/orielctl.fish

clean: ## remove what was built
	$(CARGO) clean
