using '../main.bicep'

param hosting = 'containerAppsGpu'
param environmentName = 'gpu'
param image = 'simcse-functions-gpu:1'
param gpu = 'T4'
param maxInstances = 4
param modelBlob = 'default'
