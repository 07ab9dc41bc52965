// Paragraphs of plain text, with `code` and *what is stressed* in them.

export function Prose({ text }: { text: string }) {
  return (
    <>
      {text.split('\n\n').map((paragraph) => (
        <p key={paragraph}>
          {paragraph.split(/(`[^`]+`|\*[^*]+\*)/).map((part) => {
            if (part.startsWith('`')) return <code>{part.slice(1, -1)}</code>;
            if (part.startsWith('*') && part.length > 2) return <em>{part.slice(1, -1)}</em>;
            return part;
          })}
        </p>
      ))}
    </>
  );
}
