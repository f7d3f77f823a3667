// node:perf_hooks.

import { absent, absentClass } from "hookpoint:absent";

export const { performance } = globalThis;
export const PerformanceObserver = absentClass("perf_hooks.PerformanceObserver");
export const PerformanceEntry = absentClass("perf_hooks.PerformanceEntry");
export const monitorEventLoopDelay = absent("perf_hooks.monitorEventLoopDelay");
export const createHistogram = absent("perf_hooks.createHistogram");
export const constants = {};
export default { PerformanceEntry, PerformanceObserver, constants, createHistogram, monitorEventLoopDelay, performance };
