;; A lying guest, driven by `machine/tests.rs`: the real one's imports and exports, without its promises.
;; The first byte of a message selects the lie that `compile` tells. A source that begins with `~` is a list of what each call
;; returns: replies, each after its length (three times seven bits, the lowest first), and, after a length of zero, the number of a
;; lie. The first is for `compile`, the next for `evaluate`, all others for `start` and `resume`.
(module
  (import "env" "__rquickjs_host_now_us" (func $wall_clock (result f64)))
  (import "hookpoint" "monotonic" (func $monotonic (result i64)))
  (import "hookpoint" "is_over" (func $is_over (result i32)))
  (import "hookpoint" "remaining" (func $remaining (result i64)))
  (import "hookpoint" "random" (func $random (param i32 i32)))
  (import "hookpoint" "log" (func $log (param i32 i32)))
  (import "hookpoint" "operate" (func $operate (param i32 i32 i32) (result i32)))
  (import "hookpoint" "take_output" (func $take_output (param i32)))
  (memory (export "memory") 2 768)
  (global (export "__stack_pointer") (mut i32) (i32.const 65536))
  (func (export "initialise"))
  (func (export "wipe"))

  ;; Messages of 666 bytes get a negative address, those of 667 one near the memory's end, all others 1024.
  (func (export "input") (param $length i32) (result i32)
    (if (i32.eq (local.get $length) (i32.const 666)) (then (return (i32.const -16))))
    (if (i32.eq (local.get $length) (i32.const 667)) (then (return (i32.const 131000))))
    (i32.const 1024))

  ;; Memory: at 4 the reply before, at 8 the next one, at 12 whether the source is a list, at 16 a line for the log.
  (func $next (result i64)
    (local $at i32) (local $length i32)
    (local.set $at (i32.load (i32.const 8)))
    (local.set $length
      (i32.or
        (i32.or
          (i32.load8_u (local.get $at))
          (i32.shl (i32.load8_u offset=1 (local.get $at)) (i32.const 7)))
        (i32.shl (i32.load8_u offset=2 (local.get $at)) (i32.const 14))))
    (if (i32.eqz (local.get $length))
      (then
        (i32.store (i32.const 8) (i32.add (local.get $at) (i32.const 4)))
        (return (call $lie (i32.load8_u offset=3 (local.get $at))))))
    (i32.store (i32.const 4) (local.get $at))
    (local.set $at (i32.add (local.get $at) (i32.const 3)))
    (i32.store (i32.const 8) (i32.add (local.get $at) (local.get $length)))
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
      (i64.extend_i32_u (local.get $length))))

  (func $deeper (param i32) (result i32)
    (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (local.get 0)))

  (func $lie (param $how i32) (result i64)
    (if (i32.eq (local.get $how) (i32.const 0)) (then (return (i64.const 0xffffffff))))
    (if (i32.eq (local.get $how) (i32.const 1)) (then (return (i64.const 0xfffffff000000064))))
    (if (i32.eq (local.get $how) (i32.const 2)) (then (call $log (i32.const -1) (i32.const 10))))
    (if (i32.eq (local.get $how) (i32.const 3)) (then (call $log (i32.const 0) (i32.const -1))))
    (if (i32.eq (local.get $how) (i32.const 4)) (then (call $random (i32.const 131070) (i32.const 10))))
    (if (i32.eq (local.get $how) (i32.const 5)) (then (call $random (i32.const 0) (i32.const 100000))))
    (if (i32.eq (local.get $how) (i32.const 6)) (then (drop (call $operate (i32.const 99) (i32.const 0) (i32.const 4)))))
    (if (i32.eq (local.get $how) (i32.const 7)) (then (drop (call $operate (i32.const 1) (i32.const -8) (i32.const 100)))))
    (if (i32.eq (local.get $how) (i32.const 8)) (then (drop (call $operate (i32.const 1) (i32.const 0) (i32.const 0x7fffffff)))))
    (if (i32.eq (local.get $how) (i32.const 9))
      (then
        (drop (call $operate (i32.const 1) (i32.const 0) (i32.const 8)))
        (call $take_output (i32.const 131071))))
    (if (i32.eq (local.get $how) (i32.const 10)) (then (loop $again (drop (call $monotonic)) (br $again))))
    (if (i32.eq (local.get $how) (i32.const 11)) (then (loop $again (call $log (i32.const 0) (i32.const 64)) (br $again))))
    (if (i32.eq (local.get $how) (i32.const 12)) (then (loop $again (drop (memory.grow (i32.const 1))) (br $again))))
    (if (i32.eq (local.get $how) (i32.const 13)) (then (drop (call $deeper (i32.const 0)))))
    (if (i32.eq (local.get $how) (i32.const 14)) (then (unreachable)))
    (if (i32.eq (local.get $how) (i32.const 15)) (then (loop $again (br $again))))
    (if (i32.eq (local.get $how) (i32.const 16)) (then (i32.store (i32.const -4) (i32.const 1))))
    (if (i32.eq (local.get $how) (i32.const 17)) (then (drop (i32.load (i32.const 50331648)))))
    (if (i32.eq (local.get $how) (i32.const 18))
      (then (loop $again (drop (call $operate (i32.const 1) (i32.const 0) (i32.const 1048576))) (br $again))))
    (if (i32.eq (local.get $how) (i32.const 19))
      (then (loop $again (call $random (i32.const 0) (i32.const 65536)) (br $again))))
    ;; The reply before, for ever.
    (if (i32.eq (local.get $how) (i32.const 21))
      (then (i32.store (i32.const 8) (i32.load (i32.const 4))) (return (call $next))))
    ;; Its own exports, called between two calls of the host.
    (if (i32.eq (local.get $how) (i32.const 22))
      (then
        (drop (call $operate (i32.const 1) (i32.const 0) (i32.const 8)))
        (drop (call $resume))
        (drop (call $start))
        (call $take_output (i32.const 2048))
        (call $take_output (i32.const 2048))
        (return (call $next))))
    ;; Part of the message: not a valid reply.
    (i64.const 0x0000040000000040))

  (func (export "compile") (result i64)
    (local $source i32)
    (if (i32.lt_u (i32.load (i32.const 1024)) (i32.const 1000))
      (then
        (local.set $source (i32.add (i32.const 1028) (i32.load (i32.const 1024))))
        (if (i32.eq (i32.load8_u (local.get $source)) (i32.const 126))
          (then
            (i32.store (i32.const 8) (i32.const 65537))
            (i32.store (i32.const 12) (i32.const 1))
            (i32.store (i32.const 16) (i32.const 46))
            (memory.copy (i32.const 65536) (local.get $source) (i32.const 60000))
            (return (call $next))))))
    (call $lie (i32.load8_u (i32.const 1024))))

  (func $run (result i64)
    (if (i32.load (i32.const 12))
      (then
        (call $log (i32.const 16) (i32.const 1))
        (return (call $next))))
    (call $lie (i32.load8_u (i32.const 1024))))

  (func (export "evaluate") (result i64)
    (if (i32.load (i32.const 12)) (then (return (call $next))))
    (call $lie (i32.load8_u (i32.const 1024))))
  (func (export "load") (result i64) (call $lie (i32.load8_u (i32.const 1024))))
  ;; Where the source is a list: one module, and `load` then replies with nonsense.
  (func (export "loaded") (result i64)
    (if (i32.load (i32.const 12)) (then (return (i64.const 0x0000040000000001))))
    (call $lie (i32.load8_u (i32.const 1024))))
  (func $start (export "start") (result i64) (call $run))
  (func $resume (export "resume") (result i64) (call $run)))
