'use server';

import { deleteOrder } from '../orders.js';

export async function removeOrder(id) {
  if (id === '13') throw new Error('unlucky');
  await deleteOrder(id);
}
