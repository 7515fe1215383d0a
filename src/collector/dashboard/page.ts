const answer = await fetch('api/v1/stats?min-cell=1');
document.querySelector('#main')!.textContent = await answer.text();

export {};
