import type { Command } from 'commander';

/** What a command gets from its process, so that it can be run without one. */
export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Writes a line of the result. */
  readonly print: (line: string) => void;
  /** Writes a line about the result, for people. */
  readonly say: (line: string) => void;
  /** Aborted by SIGINT and SIGTERM, for a command that has to end in order; reading it takes them over. */
  readonly signal: AbortSignal;
}

/** Ends with an exit code out of `EXIT`; throws AuditRegisterError for what its user can mend. */
export type CommandAction = (context: CommandContext) => Promise<number>;

/** Adds one command to the program; `run` is what it calls once its arguments are read. */
export type AddCommand = (program: Command, run: (action: CommandAction) => Promise<void>) => void;
