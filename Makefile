.PHONY: build test check gen dev deploy

build: ; cargo build
test: ; cargo xtask test
check: ; cargo xtask test --quick
gen: ; cargo xtask gen
dev: ; cargo run -- dev
deploy: ; cargo xtask package && sam deploy
