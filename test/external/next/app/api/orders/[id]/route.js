import { seeOrder } from '../../../orders.js';

export async function GET(_request, { params }) {
  const { id } = await params;
  await seeOrder(id);
  return Response.json({ id });
}

export async function DELETE(_request, { params }) {
  return Response.json(await params, { status: 403 });
}
