import { removeOrder } from './actions.js';

export default function Act() {
  return (
    <form action={removeOrder.bind(null, '5')}>
      <button>go</button>
    </form>
  );
}
