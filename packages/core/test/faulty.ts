// Owns a driver that loses its connection at a chosen call.
import { sessionError, type Driver, type Session } from "../src/driver.ts";

export interface Fault {
  /** The call that fails, counted from 1 over all sessions of the run. */
  readonly call: number;
  /** Whether the server has done it when the answer is lost. */
  readonly when: "before" | "after";
  /** Whether the database stays away. */
  readonly lasting: boolean;
}

/** A driver whose nth call fails as a lost connection does. */
export function faulty(inner: Driver, fault: Fault): { readonly driver: Driver; calls(): number } {
  let calls = 0;
  const lost = () => sessionError(Object.assign(new Error("connection lost"), { code: "ECONNRESET" }), 0);
  const counted = async <T>(work: () => Promise<T>, session?: Session): Promise<T> => {
    const call = ++calls;
    const away = fault.lasting && call > fault.call;
    if (away || (call === fault.call && fault.when === "before")) {
      session?.destroy("test");
      throw lost();
    }
    const result = await work();
    if (call === fault.call) {
      session?.destroy("test");
      throw lost();
    }
    return result;
  };
  return {
    calls: () => calls,
    driver: {
      ...inner,
      async connect(signal) {
        const session = await counted(() => inner.connect(signal));
        return {
          query: (...args) => counted(() => session.query(...args), session),
          transaction: (...args) => counted(() => session.transaction(...args), session),
          autocommit: (...args) => counted(() => session.autocommit(...args), session),
          destroy: (reason) => session.destroy(reason),
          [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
        } as Session;
      },
    },
  };
}
