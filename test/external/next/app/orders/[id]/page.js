import { setTimeout as delay } from 'node:timers/promises';
import { Suspense } from 'react';
import { seeOrder } from '../../orders.js';

async function Late({ id }) {
  await delay(Math.random() * 20);
  await seeOrder(id);
  return <b>order {id}</b>;
}

/** Streamed: the page has left before the order is there. */
export default async function Order({ params }) {
  const { id } = await params;
  return (
    <Suspense fallback="wait">
      <Late id={id} />
    </Suspense>
  );
}
