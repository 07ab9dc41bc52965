import { render } from 'preact';
import { App } from './app.tsx';
import { keepOffline } from './offline/register.ts';
import './styles.css';

const place = document.getElementById('app');
if (place) render(<App />, place);
void keepOffline();
