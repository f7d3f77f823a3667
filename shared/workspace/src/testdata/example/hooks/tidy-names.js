export default function (event) {
  const name = event.customer?.attributes?.name;
  return name ? { attributes: { name: name.trim() } } : {};
}
