import type { JSX } from 'preact';
import type { Counted } from '../api/answers.js';
import { Link } from '../view/navigation.js';
import { Time } from '../view/reading.js';
import type { View } from '../view/view.js';
import { Text } from '../words/visible.js';

interface CardProps {
  readonly title: string;
  readonly column: string;
  readonly rows: readonly Counted[];
  readonly to: (value: string) => View;
  readonly none?: string;
}

/** Values of one kind, how often each was seen, and when first and last; each leads to its records. */
export function CountedCard({ title, column, rows, to, none = 'None known.' }: CardProps): JSX.Element {
  return (
    <section class="card">
      <h2>{title}</h2>
      {rows.length === 0 ? (
        <p class="quiet-text">{none}</p>
      ) : (
        <table class="counted">
          <thead>
            <tr>
              <th scope="col">{column}</th>
              <th scope="col">Records</th>
              <th scope="col">First</th>
              <th scope="col">Last</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ value, count, firstAt = '', lastAt = '' }) => (
              <tr key={value}>
                <th scope="row">
                  <Link to={to(value)}>
                    <Text of={value} />
                  </Link>
                </th>
                <td>{count.toLocaleString('en')}</td>
                <td>{firstAt === '' ? '' : <Time at={firstAt} />}</td>
                <td>{lastAt === '' ? '' : <Time at={lastAt} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
