/** What `step` gives where an operation cannot have had this output in this state. */
export const ILLEGAL: unique symbol = Symbol("illegal");

/**
 * An object as one thread alone would see it. States are values: `step` gives a new one and leaves the old one alone.
 */
export type Model<State, Input, Output> = {
  readonly init: () => State;
  /** @param output null where nobody knows it: then whatever comes of the operation is legal */
  readonly step: (state: State, input: Input, output: Output | null) => State | typeof ILLEGAL;
  readonly equal: (a: State, b: State) => boolean;
  /** For states that are objects: equal ones have equal hashes. Without it, they are looked for one by one. */
  readonly hash?: (state: State) => number;
  /**
   * Does this operation, with this output, change no state at all? Such a one takes effect as soon as it can, which
   * spares the search most of its work. None does unless set.
   */
  readonly observes?: (input: Input, output: Output | null) => boolean;
  /**
   * Can this operation never have this output any more, whatever else happens after `state`? For objects that remember,
   * such as a text that only grows: a wrong turn is seen when it is taken, not when somebody reads.
   */
  readonly hopeless?: (state: State, input: Input, output: Output) => boolean;
  /** Do these two do the same? Then of two that never return only one has to be tried. None do unless set. */
  readonly same?: (a: Input, b: Input) => boolean;
  /**
   * Objects that do not touch each other are judged one at a time (Herlihy and Wing: linearizability is local).
   * What the object of an operation is called; one object unless set.
   */
  readonly partition?: (input: Input) => string | number;
};

/** One call of one client. */
export type Call<Input, Output> = {
  readonly client: number;
  readonly input: Input;
  /** Null where no answer came: the operation may have happened at any time since, or never. */
  readonly output: Output | null;
  readonly calledAt: number;
  /** Infinity where no answer came. At equal times calls count as before returns: intervals are closed. */
  readonly returnedAt: number;
};
