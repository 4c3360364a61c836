export const generateStaticParams = () => [{ slug: 'first' }];

/** Made when the application is built, and for others when they are first asked for. */
export default async function Guide({ params }) {
  return <p>{(await params).slug}</p>;
}
