import type { JSX } from 'preact';

/** The shape of what comes, so that nothing jumps when it does. */
export function SkeletonRows({ count }: { count: number }): JSX.Element {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: count }, (_, index) => (
        <div class="skeleton-row" key={index}>
          <i />
          <i />
          <i />
          <i />
          <i />
        </div>
      ))}
    </div>
  );
}
