using '../main.bicep'

param hosting = 'containerApps'
param environmentName = 'aca'
param image = 'simcse-functions:1'
param cpu = '4'
param maxInstances = 20
param modelBlob = 'default'
param allowedOrigins = ['https://app.example.com']
