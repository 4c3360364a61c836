export default function Home() {
  return <h1>static</h1>;
}
