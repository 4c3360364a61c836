import type { JSX } from 'preact';
import { api } from '../api/api.js';
import type { ActorSummary } from '../api/answers.js';
import { useLoaded } from '../api/use-loaded.js';
import { PeriodPicker } from '../search/period-picker.js';
import { writeTerm } from '../../../search/write-term.js';
import { AllTime } from '../states/all-time.js';
import { Cancelled, Failure, Note, Slow } from '../states/states.js';
import { SkeletonRows } from '../states/skeleton.js';
import { Link } from '../view/navigation.js';
import { isEverything, resolvePeriod } from '../view/period.js';
import { Time, useReading } from '../view/reading.js';
import { Badge, OUTCOMES, assuranceMeaning } from '../words/meaning.js';
import { Sign } from '../words/sign.js';
import { Text } from '../words/visible.js';
import { CountedCard } from './counted-card.js';
import { HoursChart } from './hours-chart.js';

/** One person: since when, from where, in which sessions, at which hours, and as whom. */
export function ActorPage({ id }: { id: string }): JSX.Element {
  const { view } = useReading();
  const { value, phase, error, isSlow, cancel, retry } = useLoaded(
    (signal) => api.actor(id, { search: '', ...resolvePeriod(view.period, Date.now()) }, signal),
    JSON.stringify([id, view.period]),
  );
  const names = value?.names.map((name) => name.value).filter((name) => name !== '' && name !== id) ?? [];
  return (
    <div class="sheet">
      <header class="sheet-head">
        <div>
          <p class="sheet-kind">
            <Sign name="person" /> Actor
          </p>
          <h1>
            <Text of={names[0] ?? id} />
            {names.length === 0 ? null : (
              <span class="also">
                <Text of={[id, ...names.slice(1)].join(' · ')} />
              </span>
            )}
          </h1>
        </div>
        <PeriodPicker />
      </header>
      {isSlow ? <Slow cancel={cancel} /> : null}
      {phase === 'loading' && value === undefined ? <SkeletonRows count={10} /> : null}
      {phase === 'cancelled' ? <Cancelled retry={retry} /> : null}
      {error === undefined ? null : <Failure error={error} retry={retry} />}
      {value === undefined ? null : isNobody(value) ? (
        <Nobody />
      ) : (
        <>
          <Doubts actor={value} />
          <Summary id={id} actor={value} />
        </>
      )}
    </div>
  );
}

/** Who only ever acted as somebody else has no records of an own name. */
function isNobody({ total, impersonated }: ActorSummary): boolean {
  return total === 0 && impersonated.length === 0;
}

/** What is told below need not be of this person. */
function Doubts({ actor: { assurances, types } }: { actor: ActorSummary }): JSX.Element | null {
  const isPerson = types.some(({ value }) => value === 'user');
  const countOf = (...values: string[]): number =>
    assurances.filter(({ value }) => values.includes(value)).reduce((sum, { count }) => sum + count, 0);
  const forged = countOf('invalid');
  const unvouched = countOf('claimed', 'expired', ...(isPerson ? ['none'] : []));
  if (forged + unvouched === 0) return null;
  const said = [
    ...(forged > 0 ? [`${recordsSaid(forged)} with a forged or foreign token`] : []),
    ...(unvouched > 0 ? [`${recordsSaid(unvouched)} that nobody vouches for`] : []),
  ];
  return (
    <p class={`doubts tone-${forged > 0 ? 'bad' : 'warn'}`} role="note">
      <Sign name={forged > 0 ? 'cross' : 'question'} />
      <span>
        Among what follows: {said.join(', and ')}. It need not be of this person; see the assurance of the
        name.
      </span>
    </p>
  );
}

function recordsSaid(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'record' : 'records'}`;
}

function Summary({ id, actor }: { id: string; actor: ActorSummary }): JSX.Element {
  const { view } = useReading();
  const searched = (...terms: string[]): typeof view => ({
    ...view,
    place: { page: 'records' },
    search: [writeTerm('actor', id), ...terms].join(' '),
    recordId: '',
  });
  return (
    <>
      <dl class="figures">
        {actor.total === 0 ? null : (
          <>
            <Figure name="First seen">
              <Time at={actor.firstAt} />
            </Figure>
            <Figure name="Last seen">
              <Time at={actor.lastAt} />
            </Figure>
          </>
        )}
        <Figure name={actor.total === 0 ? 'Records of an own name' : 'Records'}>
          <Link to={searched()}>{actor.total.toLocaleString('en')}</Link>
        </Figure>
        {OUTCOMES.filter(({ outcome }) => outcome !== 'ok' && actor.counts[outcome] > 0).map(
          ({ outcome, word, tone }) => (
            <Figure key={outcome} name={word} tone={tone}>
              <Link to={searched(`outcome:${outcome === 'failed' ? 'failure' : outcome}`)}>
                {actor.counts[outcome].toLocaleString('en')}
              </Link>
            </Figure>
          ),
        )}
      </dl>
      <section class="card">
        <h2>Usual hours</h2>
        <HoursChart hours={actor.hours} />
      </section>
      <div class="cards">
        <CountedCard
          title="Addresses"
          column="Address"
          rows={actor.addresses}
          to={(value) => searched(writeTerm('address', value))}
        />
        <CountedCard
          title="Sessions"
          column="Session"
          rows={actor.sessions}
          to={(value) => searched(writeTerm('session', value))}
        />
        <CountedCard
          title="User agents"
          column="Agent"
          rows={actor.agents}
          to={(value) => searched(writeTerm('agent', value))}
        />
        <CountedCard
          title="Acted as this person"
          column="Actor"
          rows={actor.impersonatedBy}
          to={(value) => searched(writeTerm('impersonator', value))}
          none="Nobody did."
        />
        <CountedCard
          title="This person acted as"
          column="Actor"
          rows={actor.impersonated}
          to={(value) => ({
            ...searched(),
            search: `${writeTerm('impersonator', id)} ${writeTerm('actor', value)}`,
          })}
          none="Nobody."
        />
        <section class="card">
          <h2>Assurance of the name</h2>
          <ul class="assurances">
            {actor.assurances.map(({ value, count }) => (
              <li key={value}>
                <Badge meaning={assuranceMeaning(value)} /> {count.toLocaleString('en')}
              </li>
            ))}
          </ul>
        </section>
      </div>
    </>
  );
}

interface FigureProps {
  readonly name: string;
  readonly tone?: string;
  readonly children: JSX.Element;
}

function Figure({ name, tone = 'neutral', children }: FigureProps): JSX.Element {
  return (
    <div class={`figure tone-${tone}`}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Nobody(): JSX.Element {
  const { view } = useReading();
  const when = isEverything(view.period) ? '' : ' in this time';
  return (
    <Note sign="person" title={`Nobody of this name${when}`}>
      <AllTime />
    </Note>
  );
}
