// The timers and clocks of Node.js as they were when the preload loaded. Tests of an application replace them in the whole
// process (sinon, Jest): by those, records would wait for ever, and would have whatever time a test wants.
//
// NOTE: the functions themselves, not the modules that hold them: fakes are put into `node:timers` as well.

export const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval } = globalThis;
export const { nextTick } = process;

const { performance: native } = globalThis;
export const performance = Object.freeze({ now: native.now.bind(native), timeOrigin: native.timeOrigin });

/** The wall clock. */
export const { now: epochMillis } = Date;

/** A signal that aborts when the time has run out. */
export const timeoutSignal = AbortSignal.timeout.bind(AbortSignal);
