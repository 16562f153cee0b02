package exceptions

/* want `"time": no such rule; the rules are float, maporder, goroutine, clock, chance, outside` */ //consensus:allow time the reason is long enough

/* want `consensus:allow clock: say why it is harmless here, in 3 words or more` */ //consensus:allow clock trust me

/* want `consensus:allow "": no such rule` */ //consensus:allow

//consensus:allow clock whether it allows anything is for the rule to say

//consensus:allowance is another word
