// A button that lets the visitor choose files: the browser's own control, in the look of the others.

export interface FileChoiceProps {
  readonly label: string;
  /** Endings and types, as the attribute `accept` has them. */
  readonly accept: string;
  readonly many?: boolean;
  readonly testId: string;
  readonly onChoose: (files: readonly File[]) => void;
}

export function FileChoice({ label, accept, many = false, testId, onChoose }: FileChoiceProps) {
  return (
    <label class="button file-choice">
      {label}
      <input
        type="file"
        class="unseen"
        accept={accept}
        multiple={many}
        data-testid={testId}
        onChange={(event) => {
          onChoose([...(event.currentTarget.files ?? [])]);
          // The same file may be chosen again.
          event.currentTarget.value = '';
        }}
      />
    </label>
  );
}
