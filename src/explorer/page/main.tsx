import { render } from 'preact';
import { App } from './app.js';
import 'uplot/dist/uPlot.min.css';
import './styles/app.css';

const page = document.getElementById('page');
if (page !== null) render(<App />, page);
