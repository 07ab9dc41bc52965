import { useEffect, useState } from 'preact/hooks';

export interface Drops {
  /** What was dropped last; another list each time. */
  readonly dropped: readonly File[];
  /** Whether something is being dragged over the page. */
  readonly isOver: boolean;
}

/** Files dropped anywhere: a browser would leave the page for a file that misses its field. */
export function useDrops(): Drops {
  const [dropped, setDropped] = useState<readonly File[]>([]);
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
    const over = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (!event.relatedTarget) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      setDropped([...(event.dataTransfer?.files ?? [])]);
    };
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, []);
  return { dropped, isOver };
}

/** Whether a file is of weights, and not of images or labels. */
export const isOfWeights = ({ name }: File): boolean => name.toLowerCase().endsWith('.safetensors');
