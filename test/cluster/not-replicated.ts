/** A table of a shard as the engine out of npm can have it, where a shard is one server. */
export const notReplicated = (statement: string): string =>
  statement
    .replace(/ReplicatedMergeTree\('[^']*', '[^']*'\)/, 'MergeTree')
    .replace(
      /\breplicated_deduplication_window = (\d+), replicated_deduplication_window_seconds = \d+/,
      'non_replicated_deduplication_window = $1',
    );
