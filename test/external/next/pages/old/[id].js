export const getServerSideProps = ({ params }) => ({ props: { id: params.id } });

export default function Old({ id }) {
  return <p>{id}</p>;
}
