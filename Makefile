.PHONY: build test check gen dev

build: ; cargo build
test: ; cargo xtask test
check: ; cargo xtask test --quick
gen: ; cargo xtask gen
dev: ; cargo run -- dev
