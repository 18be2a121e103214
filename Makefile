# SPDX-License-Identifier: Apache-2.0
# The door. Each line is a script that can be read and called by itself.
.PHONY: all deps build run test check fuzz bench shield-train clean
all: build
deps:  ; @tools/deps build run test
build: ; @tools/build
run:   ; @tools/deps build run && tools/build && exec tools/run
test:  ; @tools/deps build run test && tools/build && tests/run
check: ; @tools/deps build check && tools/check
fuzz:  ; @tools/deps build fuzz && tools/fuzz
bench: ; @tools/deps build run test bench && tools/build && bench/run
shield-train: ; @tools/deps build run train && tools/build && tools/shield-train
clean: ; @rm -rf build build-*
