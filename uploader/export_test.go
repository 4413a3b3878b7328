package uploader

// Obstacle is obstacle for tests.
var Obstacle = obstacle

// DueAt is dueAt for tests.
var DueAt = dueAt
