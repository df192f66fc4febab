// What the trackers' files say to each other. For people and the type checker; not installed.

/** An event in the words of 1.x, and a few more that only 2.x has. */
export interface HostEvent {
  type: string
  properties: any
}

/** Answers about conversations. Each may fail, or never come. */
export interface Questions {
  session(id: string): Promise<{ data?: any } | undefined>
  children(id: string): Promise<{ data?: any[] } | undefined>
  messages(id: string, limit: number): Promise<{ data?: any[] } | undefined>
  /** How many tokens a model's context holds. */
  room?(model: string): number | undefined
  /** What is under way in a session, for one whose events were not received from the start. */
  now?(id: string): Now | undefined
}

export interface Now {
  working: boolean
  asked: Asked[]
}

export interface Asked {
  id: string
  kind: "permission" | "question"
  detail: string
}

/** A terminal UI. */
export interface Host {
  version?: string
  /** Whether events of other windows' conversations arrive, too. */
  shared: boolean
  ask: Questions
  /** Hands over events until it is stopped. */
  listen(handler: (event: HostEvent) => void): () => void
  /** What the screen shows: a session's id, null for the home screen, undefined where that is unknown. */
  route(): string | null | undefined
  /** Has `look` called when the route may have changed; answers how to end that. */
  watch(look: () => void): () => void
  /** Whether there is such a session; undefined where that is unknown. */
  exists?(id: string): Promise<boolean | undefined>
  /** Whether there is no conversation here at all; undefined where that is unknown. */
  none?(): Promise<boolean | undefined>
}

/** A session's or message's figures. */
export interface Figures {
  input: number
  output: number
  reasoning: number
  cache_read: number
  cache_write: number
  cost: number
  context: number
  model?: string
}

export interface Session {
  id: string
  /** null: none; undefined: not known yet. */
  parent: string | null | undefined
  turn: "idle" | "working" | "retrying" | "error"
  detail?: string
  /** Whether anything was observed of what it does. */
  observed: boolean
  /** Whether its last turn is over. */
  ended?: boolean
  /** Created here, and never shown. */
  fresh: boolean
  forked: boolean
  gone?: boolean
  recalled?: boolean
  title?: string
  model?: string
  created?: number
  totals?: Figures
  asked: Map<string, Asked>
  messages: Map<string, Figures | undefined>
  /** What was said before it was on screen. */
  said: string[]
}

export interface Spool {
  muted: boolean
  isSession(id: unknown): id is string
  report(event: string, fields?: Record<string, unknown>): void
  record(id: string | null): void
  log(message: string): void
  markScreen(): void
  screenIsWatched(): boolean
}
