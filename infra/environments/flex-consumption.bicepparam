using '../main.bicep'

param hosting = 'flexConsumption'
param environmentName = 'flex'
param instanceMemoryMB = 4096
param maxInstances = 40
param modelBlob = 'default'
