export const revalidate = 1;

/** Made anew in the background. */
export default function Blog() {
  return <p>{Date.now()}</p>;
}
