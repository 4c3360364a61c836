export async function POST() {
  throw new Error('no luck');
}
